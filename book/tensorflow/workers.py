"""Train one small network with several worker processes that talk over this machine's loopback.

    python workers.py --workers 2 --steps 30
    python workers.py --workers 2 --steps 30 --kill-at 12

Each worker is a process of its own with a share of the data, and
`tf.distribute.MultiWorkerMirroredStrategy` sums their gradients. If a worker dies, all start again
from the last checkpoint. The program says what happens; its last line is JSON with every loss.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

from dlbook import MLP, datasets

HOST = "127.0.0.1"
NETWORK, LEARNING_RATE = MLP((2, 10, 1)), 1.0
SAVE_EVERY, ATTEMPTS = 10, 3
DIVIDE_BY = "'share' is the mistake; several: one for each run"
PATIENCE = 20  # seconds that workers have to end when one of them has failed


def worker(
    index: int,
    addresses: list[str],
    options: argparse.Namespace,
    link: Connection,
) -> None:
    """Be one worker: train on one share of the batch, report each loss."""
    task = {"type": "worker", "index": index}
    cluster = {"worker": addresses}  # the same list for everyone
    os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    X, y = datasets.moons(300, rng=1)
    share = slice(index, None, len(addresses))  # every n-th row
    my_X = tf.constant(X[share])
    my_y = tf.constant(y[share, None], tf.float64)
    divisor = len(X) if options.divide_by == "batch" else len(my_X)
    step, start = 0, NETWORK.initialize("he_normal", rng=3)
    if options.checkpoint.is_file():
        saved = np.load(options.checkpoint)
        step, start = int(saved["step"]), saved["theta"]
    with strategy.scope():
        theta = tf.Variable(start)  # everyone gets the chief's start

    def view(part: Any) -> Any:
        return tf.reshape(theta[part.where], part.shape)

    def loss_and_gradient(X: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            W1, b1, W2, b2 = map(view, NETWORK.layout.values())
            logits = tf.nn.relu(X @ W1 + b1) @ W2 + b2
            each = tf.nn.sigmoid_cross_entropy_with_logits(y, logits)
            loss = tf.reduce_sum(each) / divisor
        return tf.concat([[loss], tape.gradient(loss, theta)], axis=0)

    @tf.function
    def train_step(X: Any, y: Any) -> Any:
        mine = strategy.run(loss_and_gradient, args=(X, y))
        total = strategy.reduce("SUM", mine, axis=None)  # all talk is here
        theta.assign_sub(LEARNING_RATE * total[1:])
        return total[0]

    while step < options.steps:
        loss = float(train_step(my_X, my_y))
        step += 1
        link.send((step, loss))
        if index == 0 and step % SAVE_EVERY == 0:  # only the chief saves
            save(options.checkpoint, step, theta.numpy())
        if step == options.kill_at and index == len(addresses) - 1:
            time.sleep(1)  # the others are in the next step by now
            os.kill(os.getpid(), signal.SIGKILL)


def save(path: Path, step: int, theta: Any) -> None:
    """Write a checkpoint that is there as a whole or not at all, whenever this process dies."""
    np.savez(path.with_name("part.npz"), step=step, theta=theta)
    path.with_name("part.npz").replace(path)


def live(index: int, addresses: list[str], options: argparse.Namespace, link: Connection) -> None:
    """Run `worker` in this process, silent but for its reports; end when the launcher ends."""
    os.environ.update(no_grpc_proxy=HOST)  # a proxy would look for itself at this address
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the launcher's business
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for noisy in (1, 2):
        os.dup2(nowhere, noisy)
    launcher: Any = multiprocessing.parent_process()
    threading.Thread(target=lambda: (launcher.join(), os._exit(1)), daemon=True).start()
    try:
        worker(index, addresses, options, link)
        link.send("done")
        launcher.join()  # who leaves early is missed by the others
    except Exception as error:
        reason = str(error).split("\n\n")[-1].splitlines()  # TensorFlow gives it last
        link.send(": ".join([type(error).__name__, *reason[:1]]))
    os._exit(1)


def free_addresses(count: int, ports: list[int]) -> list[str]:
    """Return addresses where nobody listens: on these ports, or on any."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe, port in zip(sockets, ports or [0] * count, strict=True):
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise SystemExit(f"Port {port} cannot be used: {error.strerror}.") from None
        return [f"{HOST}:{probe.getsockname()[1]}" for probe in sockets]


def attempt(count: int, options: argparse.Namespace) -> tuple[list[Any], list[str]]:
    """Start the workers and listen till all are done or gone; return their losses, and troubles."""
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    addresses, deadline = free_addresses(count, options.ports), time.monotonic() + options.timeout
    losses: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    processes: list[Any] = []
    listening: dict[Any, int] = {}
    troubles: dict[int, str] = {}
    try:
        for index in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=live, args=(index, addresses, options, theirs))
            process.start()
            theirs.close()  # now the line breaks when the worker dies
            processes.append(process)
            listening[ours] = index
        while listening:
            ready: list[Any] = wait(list(listening), max(0.0, deadline - time.monotonic()))
            if not ready:
                troubles |= dict.fromkeys(listening.values(), "still at it, ended")
                break
            for link in ready:
                index = listening[link]
                try:
                    message = link.recv()
                except (EOFError, OSError):
                    processes[index].join()
                    message = f"died, exit code {processes[index].exitcode}"
                if isinstance(message, tuple):
                    losses[index].append(message)
                    continue
                del listening[link]
                if message != "done":
                    troubles[index] = message
                    deadline = min(deadline, time.monotonic() + PATIENCE)
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()
    reached = [mine[-1][0] if mine else "none" for mine in losses]
    said = [f"worker {k}, last step {reached[k]}: {troubles[k]}" for k in sorted(troubles)]
    return losses, said


def train(count: int, divide_by: str, options: argparse.Namespace) -> dict[str, Any]:
    """Train with so many workers; when one fails, start all again from the last checkpoint."""
    options.divide_by = divide_by
    mistake = ", mistaken divisor" * (divide_by == "share")
    print(f"{count} worker{'s' * (count > 1)}, {options.steps} steps{mistake}", flush=True)
    attempts: list[Any] = []
    with tempfile.TemporaryDirectory() as folder:
        options.checkpoint = Path(folder, "checkpoint.npz")
        while len(attempts) < ATTEMPTS:
            losses, troubles = attempt(count, options)
            attempts.append(losses)
            if not troubles:
                return {"workers": count, "attempts": attempts}
            print(*troubles, sep="\n")
            there = options.checkpoint.is_file()
            step = int(np.load(options.checkpoint)["step"]) if there else 0
            print(f"all start again from the checkpoint of step {step}", flush=True)
            options.kill_at = None
    raise SystemExit(f"Given up after {ATTEMPTS} attempts.")


def between(low: int, high: int) -> Callable[[str], int]:
    """Return a reader of whole numbers in a range, for arguments."""

    def number(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r}: a whole number {low} to {high} is needed")
        return int(text)

    return number


def main() -> None:
    """Read the arguments, train, print the losses."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    add = parser.add_argument
    add("--workers", type=between(1, 8), nargs="+", default=[2], help="several: one run each")
    add("--steps", type=between(1, 1_000_000), default=30, help="steps to train (30)")
    add("--kill-at", type=between(1, 1_000_000), help="the last worker dies after this step")
    add("--divide-by", choices=["batch", "share"], nargs="+", default=["batch"], help=DIVIDE_BY)
    add("--ports", type=between(1, 65535), nargs="+", default=[], help="one a worker (any free)")
    add("--timeout", type=between(1, 3600), default=120, help="seconds for an attempt (120)")
    options = parser.parse_args()
    if len(divisors := options.divide_by) == 1:
        divisors = divisors * len(options.workers)
    if len(divisors) != len(options.workers):
        parser.error("--divide-by needs one word, or one for each run")
    if options.ports and {len(options.ports)} != set(options.workers):
        parser.error("--ports needs one port for each worker")
    free_addresses(len(options.ports), options.ports)  # a taken port is told at once
    importlib.import_module("tensorflow")  # once: forked workers have it already
    try:
        runs = zip(options.workers, divisors, strict=True)
        print(json.dumps([train(count, by, options) for count, by in runs]))
    except KeyboardInterrupt:
        raise SystemExit("Interrupted; all workers are ended.") from None


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as on Ctrl-C
    main()
