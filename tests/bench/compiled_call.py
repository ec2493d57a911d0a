"""`bench_answered_call` on what `make fast` made.

python -m tests.bench.compiled_call [--calls 300] [--batches 11] [--cold]
"""

from __future__ import annotations

import sys

from voicecore import compiled

if __name__ == "__main__":
    if compiled.use().standing is not compiled.Standing.CURRENT:
        sys.exit("There is no current compiled build: run `make fast`.")
    from tests.bench.bench_answered_call import main

    main()
