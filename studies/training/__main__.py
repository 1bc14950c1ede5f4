"""`python -m studies.training`."""

from studies.training.program import main

main()
