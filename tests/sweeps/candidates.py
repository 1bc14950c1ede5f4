"""What the tests ask of a study's candidates."""


def values(candidates):
    return [candidate.params["env_cfg.x"] for candidate in candidates]


def in_state(study, state):
    return [candidate for candidate in study.trials if candidate.state.name == state]
