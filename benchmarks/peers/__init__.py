"""One file a peer.

Each has `JOBS` (the names of the jobs it runs), `VERSION` and `prepare(job)`, which returns
`train(count, orders=None, seed=0)`: train from the job's start for `count` steps or passes and
return the weights. `orders (passes, rows)` fixes the mini-batches; without it the peer shuffles
by its own generator.
"""
