"""Make .venv and node_modules hold exactly what their locks say, or say in one sentence why not.

Written for every Python, however old, so that an old one can be told so. Does nothing when the
environment is already right; starts where it left off when an earlier run was interrupted.
"""

from __future__ import print_function

import glob
import hashlib
import io
import json
import os
import re
import ssl
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)
VENV = ".venv"
PYTHON = os.path.join(VENV, "bin", "python")
UV = os.path.join(VENV, "bin", "uv")
STAMP = os.path.join(VENV, "ready.json")
NPM = os.path.join(VENV, "bin", "npm")
INPUTS = ("requirements.txt", "pyproject.toml", os.path.join("tools", "bootstrap.py"))
INPUTS += ("package.json", "package-lock.json", ".npmrc")


def complaint(version, modules=(), others=()):
    """Say what is wrong with a Python, or nothing.

    version: its version numbers; modules: what it lacks; others: commands that would do instead.
    """
    found = ".".join(str(number) for number in version[:3])
    instead = "choose another with `make book PYTHON=%s`" % (others[0] if others else "python3.12")
    if not others:
        instead = "install one of these, then " + instead
    if tuple(version[:2]) < OLDEST:
        return "Python %s is too old for this book, which needs 3.11, 3.12 or 3.13: %s." % (
            found,
            instead,
        )
    if tuple(version[:2]) > NEWEST:
        return "Python %s is too new for TensorFlow, this book needs 3.11, 3.12 or 3.13: %s." % (
            found,
            instead,
        )
    if modules:
        return (
            "Python %s lacks its module %s: install it (on Debian and Ubuntu with "
            "`apt install python%d.%d-venv`), or choose another Python with "
            "`make book PYTHON=python3.12`." % (found, modules[0], version[0], version[1])
        )
    return None


def lacking(names):
    """Return those of the modules that this Python cannot import."""
    missing = []
    for name in names:
        try:
            __import__(name)
        except ImportError:
            missing.append(name)
    return missing


def answer(*command):
    """Return what a command prints, or None where it cannot be run or fails."""
    try:
        with io.open(os.devnull, "w") as nothing:
            return subprocess.check_output(command, stderr=nothing).decode("utf-8").strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def version_of(python):
    """Return the version of a Python as text, or None where it does not run."""
    return answer(python, "-c", "import sys; print('.'.join(map(str, sys.version_info[:3])))")


def other_pythons():
    """Return the commands on the path that start a Python that would do."""
    names = ["python3.%d" % minor for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    return [name for name in names if version_of(name)]


def state(version):
    """Describe what has to be installed and what is; stamped at the end of an installation."""
    sums = []
    for path in INPUTS:
        with io.open(path, "rb") as file:
            sums.append(hashlib.sha256(file.read()).hexdigest())
    installed = glob.glob(os.path.join(VENV, "lib", "python3*", "site-packages", "*.dist-info"))
    modules = glob.glob(os.path.join("node_modules", "*", "package.json"))
    modules += glob.glob(os.path.join("node_modules", "@*", "*", "package.json"))
    return {
        "place": os.getcwd(),
        "python": version,
        "inputs": sums,
        "installed": sorted([os.path.basename(path) for path in installed] + modules),
    }


def is_ready(chosen):
    """Tell whether nothing has to be done; packages that a reader added do no harm."""
    try:
        with io.open(STAMP, encoding="utf-8") as file:
            stamp = json.load(file)
    except (IOError, OSError, ValueError):
        return False
    now = state(stamp.get("python"))
    return (
        os.path.exists(PYTHON)
        and (not chosen or stamp.get("python") == ".".join(map(str, sys.version_info[:3])))
        and stamp.get("place") == now["place"]
        and stamp.get("inputs") == now["inputs"]
        and set(stamp.get("installed", ())) <= set(now["installed"])
    )


def is_usable(chosen):
    """Tell whether .venv holds a Python and a pip to go on with."""
    version = version_of(PYTHON)
    mine = ".".join(map(str, sys.version_info[:3]))
    if not version or (chosen and version != mine):
        return False
    if complaint(tuple(int(number) for number in version.split("."))):
        return False
    try:  # the scripts of a folder that was moved still name the old place
        with io.open(os.path.join(VENV, "bin", "pip"), encoding="utf-8") as file:
            return os.path.abspath(VENV) in file.read()
    except (IOError, OSError, ValueError):
        return False


def make_venv():
    """Create .venv with this Python, over whatever lies there."""
    problem = complaint(sys.version_info)
    if problem:
        problem = complaint(sys.version_info, (), other_pythons())
    problem = problem or complaint(sys.version_info, lacking(["venv", "ensurepip"]))
    if problem:
        sys.exit(problem)
    print("Creating .venv with Python %d.%d.%d ..." % sys.version_info[:3])
    sys.stdout.flush()
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit("Python could not create the environment .venv here (its own words are above).")


def locked(name, text):
    """Return a package's version and its block of a lock file."""
    block = re.search(r"^%s==(\S+).*\n(?: .*\n)*" % re.escape(name), text, re.MULTILINE)
    return block.group(1), block.group(0)


def install_uv():
    """Install the locked uv, its hash checked by pip."""
    with io.open("requirements.txt", encoding="utf-8") as file:
        version, block = locked("uv", file.read())
    if (answer(UV, "--version") or "").startswith("uv %s" % version):
        return
    only_uv = os.path.join(VENV, "uv.txt")
    with io.open(only_uv, "w", encoding="utf-8") as file:
        file.write(block)
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--retries", "1", "--require-hashes", "--requirement", only_uv]
    pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = pip.communicate()[0].decode("utf-8", "replace")
    if pip.returncode:
        sys.exit(why_pip_failed(said))


def why_pip_failed(said):
    """Turn pip's report into one sentence where its cause is plain."""
    if "DO NOT MATCH THE HASHES" in said:
        return "The uv that came is not the locked one: its hash differs, so it is refused."
    if "NewConnectionError" in said or "ConnectTimeout" in said or "from versions: none" in said:
        return (
            "The package index cannot be reached: the first `make` needs the network "
            "(later ones do not). Run the same command again when it is there."
        )
    return said + "\nInstalling uv failed: pip's own words are above."


def install():
    """Bring .venv to exactly what requirements.txt says, and dlbook from this checkout."""
    print("Installing what requirements.txt says (about 510 MB to download the first time) ...")
    sys.stdout.flush()
    options = []
    if ssl.get_default_verify_paths().cafile:
        options.append("--system-certs")  # as pip does: a company's own certificates count too
    if not os.access(os.path.expanduser("~"), os.W_OK) and "UV_CACHE_DIR" not in os.environ:
        options.append("--no-cache")  # a home that cannot be written to has no place for one
    steps = (
        # compiled once here, not by each page's kernel (or never, with PYTHONDONTWRITEBYTECODE)
        ["sync", "--require-hashes", "--strict", "--compile-bytecode", "requirements.txt"],
        ["install", "--quiet", "--offline", "--no-deps", "--no-build-isolation", "--editable", "."],
    )
    for step in steps:
        command = [UV, "pip", step[0], "--python", PYTHON] + options + step[1:]
        if subprocess.call(command):
            sys.exit(
                "Installing stopped (uv's own words are above). If the network was away, run the "
                "same command again: it goes on where it stopped."
            )


def install_modules():
    """Bring node_modules to exactly what package-lock.json says, by the locked Node of .venv."""
    settings = dict(os.environ)
    settings.setdefault("NODE_USE_SYSTEM_CA", "1")  # a company's own certificates count here too
    command = [NPM, "ci", "--prefer-offline", "--loglevel=error"]
    npm = subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = npm.communicate()[0].decode("utf-8", "replace")
    if npm.returncode:
        sys.exit(why_npm_failed(said))


def why_npm_failed(said):
    """Turn npm's report into one sentence where its cause is plain."""
    if "EINTEGRITY" in said:
        return "A package from npm that came is not the locked one: its hash differs."
    if re.search("ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH", said):
        return (
            "The npm registry cannot be reached: the first `make` needs the network "
            "(later ones do not). Run the same command again when it is there."
        )
    return said + "\nInstalling from package-lock.json failed: npm's own words are above."


def main():
    """Make everything ready."""
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    chosen = "--chosen" in sys.argv
    if is_ready(chosen):
        return
    if os.path.exists(STAMP):
        os.remove(STAMP)
    if not is_usable(chosen):
        make_venv()
    install_uv()
    install()
    install_modules()
    with io.open(STAMP, "w", encoding="utf-8") as file:
        file.write("%s\n" % json.dumps(state(version_of(PYTHON)), indent=1))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped. Run the same command again: it goes on where it stopped.")
