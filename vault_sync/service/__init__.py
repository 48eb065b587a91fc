"""The daemon as a service of the operating system: installed once, started at each login."""
