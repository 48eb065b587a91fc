"""What vault-sync remembers outside of the vault: journals of its runs."""
