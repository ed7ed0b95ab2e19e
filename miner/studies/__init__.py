"""Tables of studies that reviews publish, leaderboards and publication counts: read, mapped and cleaned."""
