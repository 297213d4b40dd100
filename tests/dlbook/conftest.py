from hypothesis import settings

# The same examples in every run, and no failures because a machine is busy.
settings.register_profile("dlbook", derandomize=True, deadline=None)
settings.load_profile("dlbook")
