"""Reproductions of papers on the public API of `legged_gym` and `rsl_rl`; neither of them imports a study."""
