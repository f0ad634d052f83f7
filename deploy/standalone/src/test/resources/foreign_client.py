"""Submits a job with nothing but a Kafka client and collects it with nothing but an S3 client.

Arguments: bootstrap servers, S3 endpoint, access key, secret key, job id, prompt.
Prints the size of the first picture and its `parameters` text.
"""

import json
import struct
import sys
import time

import boto3
from botocore.config import Config
from kafka import KafkaProducer

kafka, endpoint, access_key, secret_key, job, prompt = sys.argv[1:]

producer = KafkaProducer(bootstrap_servers=kafka)
record = json.dumps({"id": job, "prompt": prompt}).encode()
producer.send("darkroom.jobs", key=job.encode(), value=record).get(timeout=30)
producer.close()

s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    aws_access_key_id=access_key,
    aws_secret_access_key=secret_key,
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}),
)


def read(key):
    return s3.get_object(Bucket="darkroom", Key=key)["Body"].read()


manifest = None
deadline = time.time() + 60
while manifest is None:
    try:
        manifest = json.loads(read(f"jobs/{job}/result.json"))
    except s3.exceptions.NoSuchKey:
        if time.time() > deadline:
            raise
        time.sleep(0.2)

png = read(manifest["images"][0]["key"])
assert png[:8] == b"\x89PNG\r\n\x1a\n"
position = 8
while position < len(png):
    length, kind = struct.unpack(">I4s", png[position : position + 8])
    data = png[position + 8 : position + 8 + length]
    if kind == b"IHDR":
        print("%dx%d" % struct.unpack(">II", data[:8]))
    elif kind == b"tEXt" and data.startswith(b"parameters\0"):
        print(data[len(b"parameters\0") :].decode("latin-1"))
    elif kind == b"iTXt" and data.startswith(b"parameters\0"):
        # keyword, compression flag and method (0: none), language, translated keyword, text
        text = data[len(b"parameters\0\0\0") :].split(b"\0", 2)[2]
        print(text.decode("utf-8"))
    position += 12 + length
