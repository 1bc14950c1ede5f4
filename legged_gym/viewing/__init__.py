"""Looking at robots: windows, films, plots and the keyboard."""
