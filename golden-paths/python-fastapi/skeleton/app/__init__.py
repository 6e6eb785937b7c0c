"""The service. `python -m app` runs it; `app.main.create_app` makes it."""
