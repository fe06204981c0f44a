"""Databases as One API left them, written from its own statements; no row was made by our code."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, text

from oneapi import one_api_ddl

TABLES = ("users", "tokens", "channels", "abilities", "logs", "options", "redemptions")
OLD_KEY = "a1" * 16
"""Of June 2023: 32 characters."""

NEW_KEY = "Zz9" * 16
PASSWORD = "old password"
PASSWORD_HASH = "$2a$10$Ii8/ntYoD.qxMyt2TaV90.MuxDxQn37estc63vRErqVEWcrEaZ2X."

CURRENT, COUNTED, OLD = "current", "autoincrement", "old"
SHAPES = (CURRENT, COUNTED, OLD)

OLD_SQLITE = """
CREATE TABLE `users` (`id` integer,`username` text UNIQUE,`password` text NOT NULL,`display_name` text,`role` integer DEFAULT 1,`status` integer DEFAULT 1,`email` text,`github_id` text,`wechat_id` text,`access_token` char(32),`quota` integer DEFAULT 0,`used_quota` integer DEFAULT 0,`request_count` integer DEFAULT 0,`group` varchar(32) DEFAULT "default",`aff_code` varchar(32),`inviter_id` integer,PRIMARY KEY (`id`))
CREATE UNIQUE INDEX `idx_users_access_token` ON `users`(`access_token`)
CREATE INDEX `idx_users_username` ON `users`(`username`)
CREATE TABLE `tokens` (`id` integer,`user_id` integer,`key` char(32),`status` integer DEFAULT 1,`name` text,`created_time` integer,`accessed_time` integer,`expired_time` integer DEFAULT -1,`remain_quota` integer DEFAULT 0,`unlimited_quota` numeric DEFAULT false,`remain_times` integer,PRIMARY KEY (`id`))
CREATE UNIQUE INDEX `idx_tokens_key` ON `tokens`(`key`)
CREATE TABLE `channels` (`id` integer,`type` integer DEFAULT 0,`key` text NOT NULL,`status` integer DEFAULT 1,`name` text,`weight` integer,`created_time` integer,`test_time` integer,`response_time` integer,`base_url` text,`other` text,`balance` real,`balance_updated_time` integer,`models` text,`group` varchar(32) DEFAULT "default",`used_quota` integer DEFAULT 0,`model_mapping` varchar(1024) DEFAULT "",`accessed_time` integer,PRIMARY KEY (`id`))
CREATE INDEX `idx_channels_key` ON `channels`(`key`)
CREATE TABLE `abilities` (`group` varchar(32),`model` text,`channel_id` integer,`enabled` numeric,PRIMARY KEY (`group`,`model`,`channel_id`))
CREATE TABLE `logs` (`id` integer,`user_id` integer,`created_at` integer,`type` integer,`content` text,`channel` text,PRIMARY KEY (`id`))
CREATE TABLE `options` (`key` text,`value` text,PRIMARY KEY (`key`))
CREATE TABLE `files` (`id` integer,`filename` text,PRIMARY KEY (`id`))
CREATE TABLE `tokens__temp` (`id` integer,PRIMARY KEY (`id`))
"""  # noqa: E501 - one statement a line, as the program wrote them

OLD_MYSQL = """
CREATE TABLE `users` (`id` bigint AUTO_INCREMENT,`username` varchar(191) UNIQUE,`password` longtext NOT NULL,`display_name` varchar(191),`role` bigint DEFAULT 1,`status` bigint DEFAULT 1,`email` varchar(191),`github_id` varchar(191),`wechat_id` varchar(191),`access_token` char(32),`quota` int DEFAULT 0,`used_quota` int DEFAULT 0,`request_count` int DEFAULT 0,`group` varchar(32) DEFAULT 'default',`aff_code` varchar(32),`inviter_id` bigint,PRIMARY KEY (`id`))
CREATE TABLE `tokens` (`id` int AUTO_INCREMENT,`user_id` bigint,`key` char(32),`status` bigint DEFAULT 1,`name` varchar(191),`created_time` bigint,`accessed_time` bigint,`expired_time` bigint DEFAULT -1,`remain_quota` int DEFAULT 0,`unlimited_quota` boolean DEFAULT false,`models` varchar(191) DEFAULT '',PRIMARY KEY (`id`),UNIQUE INDEX `idx_tokens_key` (`key`))
CREATE TABLE `channels` (`id` bigint AUTO_INCREMENT,`type` bigint DEFAULT 0,`key` varchar(191) NOT NULL,`status` bigint DEFAULT 1,`name` varchar(191),`weight` int unsigned,`created_time` bigint,`test_time` bigint,`response_time` bigint,`base_url` varchar(191),`other` longtext,`balance` double,`balance_updated_time` bigint,`models` longtext,`group` varchar(32) DEFAULT 'default',`used_quota` bigint DEFAULT 0,`model_mapping` varchar(1024) DEFAULT '',PRIMARY KEY (`id`),INDEX `idx_channels_key` (`key`))
CREATE TABLE `abilities` (`group` varchar(32),`model` varchar(191),`channel_id` bigint,`enabled` boolean,PRIMARY KEY (`group`,`model`,`channel_id`))
CREATE TABLE `logs` (`id` bigint AUTO_INCREMENT,`user_id` bigint,`created_at` bigint,`type` bigint,`content` longtext,`channel` bigint,PRIMARY KEY (`id`))
CREATE TABLE `options` (`key` varchar(191),`value` longtext,PRIMARY KEY (`key`))
CREATE TABLE `files` (`id` bigint AUTO_INCREMENT,`filename` longtext,PRIMARY KEY (`id`))
"""  # noqa: E501

OLD_POSTGRESQL = """
CREATE TABLE "users" ("id" bigserial,"username" text UNIQUE,"password" text NOT NULL,"display_name" text,"role" bigint DEFAULT 1,"status" bigint DEFAULT 1,"email" text,"github_id" text,"wechat_id" text,"access_token" char(32),"quota" integer DEFAULT 0,"used_quota" integer DEFAULT 0,"request_count" integer DEFAULT 0,"group" varchar(32) DEFAULT 'default',"aff_code" varchar(32),"inviter_id" bigint,PRIMARY KEY ("id"))
CREATE TABLE "tokens" ("id" serial,"user_id" bigint,"key" char(32),"status" bigint DEFAULT 1,"name" text,"created_time" bigint,"accessed_time" bigint,"expired_time" bigint DEFAULT -1,"remain_quota" integer DEFAULT 0,"unlimited_quota" boolean DEFAULT false,"models" varchar(191) DEFAULT '',PRIMARY KEY ("id"))
CREATE UNIQUE INDEX "idx_tokens_key" ON "tokens" ("key")
CREATE TABLE "channels" ("id" bigserial,"type" bigint DEFAULT 0,"key" varchar(191) NOT NULL,"status" bigint DEFAULT 1,"name" text,"weight" integer,"created_time" bigint,"test_time" bigint,"response_time" bigint,"base_url" text,"other" text,"balance" decimal,"balance_updated_time" bigint,"models" text,"group" varchar(32) DEFAULT 'default',"used_quota" bigint DEFAULT 0,"model_mapping" varchar(1024) DEFAULT '',PRIMARY KEY ("id"))
CREATE INDEX "idx_channels_key" ON "channels" ("key")
CREATE TABLE "abilities" ("group" varchar(32),"model" text,"channel_id" bigint,"enabled" boolean,PRIMARY KEY ("group","model","channel_id"))
CREATE TABLE "logs" ("id" bigserial,"user_id" bigint,"created_at" bigint,"type" bigint,"content" text,"channel" bigint,PRIMARY KEY ("id"))
CREATE TABLE "options" ("key" text,"value" text,PRIMARY KEY ("key"))
CREATE TABLE "files" ("id" bigserial,"filename" text,PRIMARY KEY ("id"))
"""  # noqa: E501

_STATEMENTS = {"sqlite": OLD_SQLITE, "mysql": OLD_MYSQL, "postgresql": OLD_POSTGRESQL}

_ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("users", {"id": 1, "username": "root", "password": PASSWORD_HASH, "role": 100,
               "access_token": "0" * 32, "quota": 500_000, "aff_code": ""}),
    ("users", {"id": 2, "username": "李雷", "password": "", "quota": -7, "group": "vip",
               "access_token": "1" * 32, "aff_code": "Ab3d", "inviter_id": 1}),
    ("tokens", {"id": 1, "user_id": 1, "key": OLD_KEY, "name": "old", "remain_quota": 5}),
    ("channels", {"id": 3, "type": 1, "key": "sk-upstream", "name": "一号", "models": "m-1,m-2",
                  "group": "default,vip", "balance": 1.5}),
    *(
        ("abilities", {"group": group, "model": model, "channel_id": 3, "enabled": True})
        for group in ("default", "vip") for model in ("m-1", "m-2")
    ),
    ("logs", {"id": 1, "user_id": 2, "created_at": 1_700_000_000, "type": 1, "content": "充值"}),
    ("options", {"key": "SystemName", "value": "旧系统"}),
    ("options", {"key": "SomethingOfAnotherProgram", "value": "kept"}),
)  # fmt: skip

_ROWS_OF_NEWER = (
    ("tokens", {"id": 2, "user_id": 2, "key": NEW_KEY, "name": "new", "unlimited_quota": True}),
    ("redemptions", {"id": 1, "user_id": 1, "key": "c" * 32, "name": "gift", "quota": 100}),
)  # fmt: skip


def write(engine: Engine, shape: str) -> None:
    """Make the tables of one shape and a few rows; ``COUNTED`` is known to SQLite alone."""
    with engine.begin() as connection:
        for statement in _statements(engine.dialect.name, shape):
            connection.exec_driver_sql(statement)
        for table, row in _ROWS if shape == OLD else _ROWS + _ROWS_OF_NEWER:
            quote = engine.dialect.identifier_preparer.quote_identifier
            names = ",".join(quote(name) for name in row)
            values = ",".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608


def _statements(kind: str, shape: str) -> Iterable[str]:
    if shape == OLD:
        return [line for line in _STATEMENTS[kind].splitlines() if line]
    found = [line for table in TABLES for line in one_api_ddl.statements(kind, table)]
    return [_counted(line) for line in found] if shape == COUNTED else found


def _counted(statement: str) -> str:
    """Return the statement as the releases 0.6.6 to 0.6.10 wrote it."""
    return statement.replace("(`id` integer,", "(`id` integer PRIMARY KEY AUTOINCREMENT,").replace(
        ",PRIMARY KEY (`id`)", ""
    )
