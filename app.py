"""WSGI entry point: ``app:app`` for gunicorn; ``python app.py`` starts gunicorn itself."""

from gevent import monkey

monkey.patch_all()

import os
import sys

from oneapi import command_line
from oneapi.factory import create_app
from oneapi.settings import Settings

if __name__ == "__main__":
    command_line.exec_gunicorn(sys.argv[1:])

command_line.load_dotenv()
app = create_app(Settings.from_env(os.environ))
