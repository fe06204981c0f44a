"""The Flask extensions of the control plane, bound to an application by the factory."""

from flask_limiter import Limiter
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy

from oneapi.models.base import Base
from oneapi.web.context import client_ip

database = SQLAlchemy(model_class=Base)
"""Owns the engines; below the edges they are reached through ``oneapi.resources``."""

login_manager = LoginManager()
login_manager.session_protection = None  # bound to address and browser, it signs phones out

limiter = Limiter(
    key_func=client_ip,
    strategy="moving-window",
    key_prefix="oneapi:limit",
    in_memory_fallback_enabled=True,
    headers_enabled=False,
)
