"""Names of what is counted while a request is worked on: `lending.errand.count` takes them."""

DECIDED, SUBMITTED, ANSWERED, DEGRADED, CALLED = "decided", "submitted", "answered", "degraded", "called"
