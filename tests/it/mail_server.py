"""A mail server for the tests (aiosmtpd): keeps each message as a file, whole, and says where it listens."""

import itertools
import pathlib
import sys
import time

from aiosmtpd.controller import Controller

folder, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
numbers = itertools.count(1)


class Keeper:
    async def handle_DATA(self, server, session, envelope):
        name = f"{next(numbers):04}.eml"
        (folder / f".{name}").write_bytes(envelope.original_content)
        (folder / f".{name}").rename(folder / name)
        return "250 2.0.0 taken"


Controller(Keeper(), hostname="127.0.0.1", port=port).start()
print("listening", flush=True)
while True:
    time.sleep(1)
