"""Microsoft as its documentation describes it, played on a loopback port, and the tests of our adapter."""
