"""The viewer in a browser: a process of its own, which programs send what is to be seen."""
