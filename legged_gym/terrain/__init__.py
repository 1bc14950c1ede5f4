"""Height-field terrain: generators of single tiles, the map made of them, and the height sampler."""
