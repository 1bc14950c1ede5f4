"""Where sight decides: how far seeing and blind policies get, and whether a policy uses its map."""
