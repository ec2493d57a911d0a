"""The command line: `voicecore COMMAND`, or `python -m voicecore COMMAND`."""

from __future__ import annotations

from voicecore import compiled


def main() -> None:
    """Runs the command of `sys.argv` and exits, with the compiled build where there is a current one."""
    compiled.use()
    from voicecore.cli import commands  # not before: what it imports may be compiled

    commands.run()


if __name__ == "__main__":
    main()
