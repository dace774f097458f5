"""What holds for every test: the time-zone data of the lock file, and Hypothesis without a stopwatch."""

import zoneinfo

from hypothesis import settings

# The operating system's zones may be old; the program uses the pinned package, and so do its tests.
zoneinfo.reset_tzpath(())

# A busy machine is not a failure; the benchmarks measure speed.
settings.register_profile("parley", deadline=None)
settings.load_profile("parley")
