"""How gunicorn runs the application: gevent workers, schema before the fork, a clean drain."""

from gevent import monkey

monkey.patch_all()

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# prometheus-client decides at its import whether it is multiprocess.
from oneapi.lib import metrics_folder

metrics_folder.prepare(os.environ)

from oneapi import command_line

command_line.load_dotenv()

from oneapi import serving
from oneapi.settings import Settings

settings = Settings.from_env(os.environ)

bind = [f"0.0.0.0:{settings.port}"]
worker_class = "gevent"
workers = settings.workers
worker_connections = 4000
keepalive = 75
timeout = 120
graceful_timeout = settings.shutdown_grace_s + 15
max_requests = 0
preload_app = False
control_socket_disable = True
forwarded_allow_ips = "*"
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 8190
proc_name = "one-api"


def on_starting(server):
    """Prepare the database and load what all workers share, once, before they are forked."""
    serving.before_fork(settings)


def post_worker_init(worker):
    """Start what lives as long as the worker: jobs, the drain, the loop's watchdog."""
    serving.start_worker(worker, settings)


def child_exit(server, worker):
    """Take a dead worker's gauges out of the sums."""
    serving.forget_worker(worker.pid)


def on_exit(server):
    """Take the counts away with the master that they belong to."""
    metrics_folder.remove()
