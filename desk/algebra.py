"""How numpy's algebra is worked out: on one thread, which waits for no processor and always sums alike."""

import os

SETTING = "OPENBLAS_NUM_THREADS"


def on_one_thread() -> None:
    """Let OpenBLAS begin with one thread, unless the owner's environment says otherwise; before numpy loads.

    With one for each processor its threads spin while they wait for one another: beside other work a product
    of 200,000 x 100 took twenty times as long on two cores. How the sums are split also decides their last
    bits, and with them what is learnt would depend on the machine.
    """
    os.environ.setdefault(SETTING, "1")  # noqa: TID251 - written for a library, not read
