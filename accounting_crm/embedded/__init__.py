"""Our own PostgreSQL and Valkey for an installation without servers of its own.

A detached *holder* process supervises the two servers. Whoever uses them keeps a shared lock on ``run/users.lock``;
the holder tries for the exclusive one and stops the servers when it gets it. So the lock counts the users, and
the count survives kill -9. Nothing here imports Django: the holder stays small.
"""
