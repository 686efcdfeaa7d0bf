"""What a person does to isolate an instance, function or task whose credentials were used.

Trailguard denies the session; the workload gets new credentials by itself, so whoever sits in it has to be
cut off there. Capitals such as VPC_ID are what the person fills in.
Source: AWS Security Incident Response technical guide, "Containment".
"""

from __future__ import annotations

from response.domain.instructions.commands import Steps, in_region, json_option, lookup, option
from response.domain.text import plain

_EVERYWHERE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
_NO_EGRESS = json_option("--ip-permissions", _EVERYWHERE)
_NEW_GROUP = "--description Isolation --vpc-id VPC_ID"
_FROM_GROUP = "--auto-scaling-group-name GROUP_NAME --should-decrement-desired-capacity"


def for_instance(instance_id: str, region: str) -> Steps:
    """Keep an EC2 instance from being terminated, copy its disks, cut it off, then take its role."""
    where, instance = in_region(region), option("--instance-id", instance_id)
    disks = json_option("--instance-specification", {"InstanceId": instance_id})
    one = [{"Name": "instance-id", "Values": [instance_id]}]
    return (
        f"Isolate instance {instance_id}. Keep it from being terminated, and see its VPC (VPC_ID), groups:",
        f"aws ec2 modify-instance-attribute{where} {instance} --attribute disableApiTermination --value true",
        f"aws ec2 describe-instances{where} --instance-ids {instance_id}",
        "Take it out of its Auto Scaling group, if it is in one (GROUP_NAME), so that nothing replaces it:",
        f"aws autoscaling detach-instances{where} --instance-ids {instance_id} {_FROM_GROUP}",
        "Copy its disks as evidence:",
        f"aws ec2 create-snapshots{where} {disks} --description Evidence-of-{instance_id}",
        "Put it into a security group that lets nothing in or out (GROUP_ID is what this prints):",
        f"aws ec2 create-security-group{where} --group-name Isolation-{instance_id} {_NEW_GROUP}",
        f"aws ec2 revoke-security-group-egress{where} --group-id GROUP_ID {_NO_EGRESS}",
        f"aws ec2 modify-instance-attribute{where} {instance} --groups GROUP_ID",
        "Connections that are open may outlive the change of groups; a network ACL of its subnet cuts them.",
        "Then take its instance profile, so that it gets no new credentials:",
        f"aws ec2 describe-iam-instance-profile-associations{where} {json_option('--filters', one)}",
        f"aws ec2 disassociate-iam-instance-profile{where} --association-id ASSOCIATION_ID",
        "Console: EC2, Instances, the instance, Actions, Security: Change security groups, Modify IAM role.",
    )


def for_function(name_or_arn: str, region: str) -> Steps:
    """Keep a Lambda function from running, and keep its code."""
    where, function = in_region(region), option("--function-name", name_or_arn)
    return (
        f"Isolate function {name_or_arn}. Keep its code and settings as evidence, then let none of it run:",
        f"aws lambda get-function{where} {function}",
        f"aws lambda put-function-concurrency{where} {function} --reserved-concurrent-executions 0",
        "Find who changed its code, and what calls it:",
        lookup("ResourceName", name_or_arn) + where,
        "Console: Lambda, Functions, the function, Throttle.",
    )


def for_task(task: str, cluster: str, region: str) -> Steps:
    """Stop an ECS task, after a look at what it was, and keep its service from starting another."""
    where, group = in_region(region), option("--cluster", cluster or "CLUSTER")
    return (
        f"Isolate task {task}. Keep its description as evidence, then stop it:",
        f"aws ecs describe-tasks{where} {group} --tasks {task}",
        f"aws ecs stop-task{where} {group} {option('--task', task)} --reason Containment",
        "Its service, if it has one (SERVICE), starts another from the same image; set it to none:",
        f"aws ecs update-service{where} {group} --service SERVICE --desired-count 0",
        "Console: Amazon ECS, Clusters, the cluster, Tasks, the task, Stop.",
    )


def for_resource(arn: str) -> Steps:
    """Find out about any other resource that credentials were made for."""
    return (
        f"The credentials were made for {plain(arn, 300)}: find out who controls it, and stop or isolate it.",
        lookup("ResourceName", arn),
    )
