"""The app of that name: its models are views on the sessions of Tegata."""
