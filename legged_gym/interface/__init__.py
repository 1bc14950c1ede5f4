"""What a policy and the world agree on: readings, observation terms, what actions mean, and the controller of both."""
