"""Search for settings: many trainings that differ in a few of them, judged by one number of their logs.

A sweep is a file in the format of Weights & Biases (`definition`, `space`). Either their server or Optuna on a database
(`optuna_backend`, which calls them trials) chooses the candidates; each is a training in a process of its own
(`candidate`).
"""
