"""Planning with help: processes that plan the notes to come while one writes those before."""
