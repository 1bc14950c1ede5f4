"""What the tests ask of a study's trials."""


def values(trials):
    return [trial.params["env_cfg.x"] for trial in trials]


def in_state(study, state):
    return [trial for trial in study.trials if trial.state.name == state]
