"""Audits a table that Django itself writes when all migrations are done."""

import trigger_audit

trigger_audit.register("auth.Permission", app_label="locked")
