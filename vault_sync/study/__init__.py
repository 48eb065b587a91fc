"""What is to be reviewed, and when: readers of the rule sets that know study notes."""
