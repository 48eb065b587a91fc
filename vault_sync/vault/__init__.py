"""The vault on the disk: where it is, which notes it has, which are left alone."""
