#!/usr/bin/env python3
"""Serves a worker group of Penstock, or of AWS Data Pipeline, with boto3: runs the command of each ShellCommandActivity.

usage: runner.py WORKER_GROUP [ENDPOINT_URL]     keys and region as boto3 finds them
"""
import os
import signal
import socket
import subprocess
import sys

import boto3
from botocore.config import Config

REPORT_SECONDS = int(os.environ.get("REPORT_SECONDS", "60"))
PATIENT = Config(read_timeout=100, retries={"mode": "standard", "max_attempts": 10})
api = boto3.client("datapipeline", endpoint_url=(sys.argv[2:] or [None])[0], config=PATIENT)


def field(thing, key):
    return next((f.get("stringValue") for f in thing["fields"] if f["key"] == key), None)


def work(task):
    task_id, attempt = task["taskId"], task["objects"][task["attemptId"]]
    end = lambda status, **error: api.set_task_status(taskId=task_id, taskStatus=status, **error)
    if field(attempt, "type") not in ("ShellCommandActivity", "ShellCommandPrecondition"):
        return end("FAILED", errorId="UnknownType", errorMessage=f"cannot run a {field(attempt, 'type')}")
    command = subprocess.Popen(["/bin/sh", "-c", field(attempt, "command")], start_new_session=True)
    while command.poll() is None:
        # The first report confirms the task; without any the task goes to another runner.
        if api.report_task_progress(taskId=task_id)["canceled"]:
            os.killpg(command.pid, signal.SIGKILL)
            return None
        try:
            command.wait(REPORT_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    if command.returncode == 0:
        return end("FINISHED")
    if field(attempt, "type") == "ShellCommandPrecondition":
        return end("FALSE")
    return end("FAILED", errorId="CommandFailed", errorMessage=f"exit status {command.returncode}")


while True:
    task = api.poll_for_task(workerGroup=sys.argv[1], hostname=socket.gethostname()).get("taskObject")
    if task:
        try:
            work(task)
        except api.exceptions.TaskNotFoundException as late:
            print(late, file=sys.stderr)
