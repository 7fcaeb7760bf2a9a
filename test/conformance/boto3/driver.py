"""The boto3 driver of the conformance suite: reads one call a line ({"operation","input","paginate"}), answers one line. See ../README.md."""

import json
import re
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def connect(arguments):
    """With the endpoint given as argument; without one, with what the environment says (AWS_ENDPOINT_URL_DATA_PIPELINE)."""
    if not arguments:
        return boto3.client("datapipeline")
    endpoint = arguments[0]
    client = boto3.client("datapipeline", endpoint_url=endpoint)
    return client


def answer_to(client, operation, members, paginate):
    method = re.sub(r"(?<!^)([A-Z])", r"_\1", operation).lower()
    try:
        if paginate:
            pages = client.get_paginator(method).paginate(**members)
            return {"output": {paginate: [item for page in pages for item in page[paginate]]}}
        output = getattr(client, method)(**members)
        metadata = output.pop("ResponseMetadata")
        return {"output": output, "requestId": metadata["RequestId"]}
    except ClientError as error:
        known = error.response["Error"]
        return {
            "error": {"name": known["Code"], "message": known["Message"], "typed": type(error) is not ClientError},
            "requestId": error.response["ResponseMetadata"].get("RequestId"),
        }
    except BotoCoreError as error:
        return {"error": {"name": "ClientSide", "message": f"{type(error).__name__}: {error}", "typed": False}}


def main():
    client = connect(sys.argv[1:])
    for line in sys.stdin:
        call = json.loads(line)
        print(json.dumps(answer_to(client, call["operation"], call["input"], call.get("paginate"))), flush=True)


main()
