"""Tools around training: command line, configurations, runs, plots and export."""
