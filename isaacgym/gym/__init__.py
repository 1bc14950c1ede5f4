"""The object behind `gymapi.acquire_gym()`, its calls by concern."""
