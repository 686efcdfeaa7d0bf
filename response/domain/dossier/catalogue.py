"""The calls that an investigation looks for by name, as CloudTrail logs them: data, to be read and extended.

Grouped after the tactics of MITRE ATT&CK's cloud matrix: Persistence (TA0003, with what of Privilege
Escalation, TA0004, outlives a session), Defense Evasion (TA0005), Collection (TA0009) and Exfiltration
(TA0010) with Credential Access (TA0006). Event names are those of the CloudTrail and service user guides,
which differ from the API's in places: S3 logs PutBucketLifecycle, Lambda names with the API's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Call = tuple[str, str]


def _calls(names: Mapping[str, str]) -> frozenset[Call]:
    """(eventSource, eventName) of each name listed under a service."""
    return frozenset(
        (f"{service}.amazonaws.com", name) for service, listed in names.items() for name in listed.split()
    )


PERSISTENCE: Final = _calls(
    {
        "iam": """
            CreateUser CreateAccessKey UpdateAccessKey CreateLoginProfile UpdateLoginProfile
            CreateRole UpdateAssumeRolePolicy CreateServiceLinkedRole UpdateRole
            AttachUserPolicy AttachRolePolicy AttachGroupPolicy PutUserPolicy PutRolePolicy PutGroupPolicy
            CreatePolicy CreatePolicyVersion SetDefaultPolicyVersion CreateGroup AddUserToGroup
            DetachUserPolicy DetachRolePolicy DeleteUserPolicy DeleteRolePolicy
            PutUserPermissionsBoundary PutRolePermissionsBoundary
            DeleteUserPermissionsBoundary DeleteRolePermissionsBoundary
            CreateInstanceProfile AddRoleToInstanceProfile
            CreateVirtualMFADevice EnableMFADevice DeactivateMFADevice DeleteVirtualMFADevice
            UploadSSHPublicKey UpdateSSHPublicKey UploadSigningCertificate
            CreateServiceSpecificCredential ResetServiceSpecificCredential
            CreateSAMLProvider UpdateSAMLProvider CreateOpenIDConnectProvider
            AddClientIDToOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint
            UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy""",
        "sts": "GetFederationToken GetSessionToken AssumeRoot",
        "sso": """
            CreatePermissionSet PutInlinePolicyToPermissionSet AttachManagedPolicyToPermissionSet
            AttachCustomerManagedPolicyReferenceToPermissionSet CreateAccountAssignment
            ProvisionPermissionSet""",
        "sso-directory": "CreateUser AddMemberToGroup UpdatePassword",
        "identitystore": "CreateUser CreateGroupMembership",
        "rolesanywhere": "CreateTrustAnchor UpdateTrustAnchor CreateProfile UpdateProfile ImportCrl",
        "organizations": "CreateAccount InviteAccountToOrganization RegisterDelegatedAdministrator",
        "lambda": """
            CreateFunction20150331 UpdateFunctionCode20150331v2 UpdateFunctionConfiguration20150331v2
            AddPermission20150331v2 CreateEventSourceMapping20150331 CreateFunctionUrlConfig
            PublishLayerVersion20181031 AddLayerVersionPermission20181031""",
        "events": "PutRule PutTargets PutPermission",
        "scheduler": "CreateSchedule UpdateSchedule",
        "ec2": """
            EnableSerialConsoleAccess
            RunInstances CreateKeyPair ImportKeyPair AuthorizeSecurityGroupIngress ModifyInstanceAttribute
            AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation CreateLaunchTemplateVersion""",
        "ec2-instance-connect": "SendSSHPublicKey SendSerialConsoleSSHPublicKey",
        "ssm": "SendCommand StartSession CreateAssociation UpdateAssociation CreateActivation",
        "ecs": "RegisterTaskDefinition RunTask ExecuteCommand",
        "kms": "CreateGrant PutKeyPolicy",
    }
)
"""What makes somebody stay: new credentials, new rights, and code that runs later."""

EVASION: Final = _calls(
    {
        "cloudtrail": """
            StopLogging DeleteTrail UpdateTrail PutEventSelectors PutInsightSelectors RemoveTags
            DeleteEventDataStore UpdateEventDataStore StopEventDataStoreIngestion
            DeregisterOrganizationDelegatedAdmin DeleteChannel DeleteResourcePolicy""",
        "logs": """
            DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteMetricFilter PutMetricFilter
            DeleteSubscriptionFilter DeleteDestination DisassociateKmsKey DeleteResourcePolicy""",
        "monitoring": "DeleteAlarms DisableAlarmActions SetAlarmState PutMetricAlarm",
        "events": "DisableRule DeleteRule RemoveTargets DeleteArchive DeleteEventBus RemovePermission",
        "sns": "DeleteTopic Unsubscribe SetTopicAttributes RemovePermission",
        "sqs": "DeleteQueue PurgeQueue SetQueueAttributes",
        "kms": "DisableKey ScheduleKeyDeletion PutKeyPolicy RevokeGrant DeleteAlias UpdateAlias",
        "s3": """
            PutBucketLifecycle DeleteBucketLifecycle DeleteBucket PutBucketPolicy DeleteBucketPolicy
            PutBucketVersioning PutBucketLogging PutObjectLockConfiguration PutBucketEncryption
            DeleteBucketEncryption DeleteBucketReplication DeleteObject DeleteObjects
            PutBucketNotification""",
        "guardduty": """
            DeleteDetector UpdateDetector CreateFilter UpdateFilter CreateIPSet UpdateIPSet
            ArchiveFindings DeleteMembers DisassociateMembers StopMonitoringMembers
            DisassociateFromMasterAccount DisassociateFromAdministratorAccount
            DisableOrganizationAdminAccount DeletePublishingDestination""",
        "securityhub": """
            DisableSecurityHub BatchDisableStandards UpdateStandardsControl BatchUpdateFindings
            DisableImportFindingsForProduct DisassociateFromAdministratorAccount DisassociateMembers
            DeleteMembers""",
        "config": """
            StopConfigurationRecorder DeleteConfigurationRecorder PutConfigurationRecorder
            DeleteDeliveryChannel DeleteConfigRule DeleteOrganizationConfigRule
            DeleteConfigurationAggregator DeleteRetentionConfiguration""",
        "macie2": "DisableMacie DisassociateFromAdministratorAccount",
        "inspector2": "Disable DisassociateMember",
        "detective": "DeleteGraph DisassociateMembership",
        "access-analyzer": "DeleteAnalyzer CreateArchiveRule",
        "ec2": "DeleteFlowLogs",
        "route53resolver": "DeleteResolverQueryLogConfig DisassociateResolverQueryLogConfig",
        "wafv2": "DeleteWebACL DisassociateWebACL DeleteLoggingConfiguration DeleteRuleGroup UpdateWebACL",
        "elasticloadbalancing": "ModifyLoadBalancerAttributes",
        "organizations": "LeaveOrganization DetachPolicy DeletePolicy DisablePolicyType UpdatePolicy",
        "account": "DeleteAlternateContact PutAlternateContact",
        "lambda": "DeleteFunction20150331 PutFunctionConcurrency20171031",
        "states": "DeleteStateMachine UpdateStateMachine StopExecution",
    }
)
"""What blinds a defender: logs, alarms, detectors and the keys and buckets that they rest on."""

DATA: Final = _calls(
    {
        "secretsmanager": "GetSecretValue BatchGetSecretValue PutResourcePolicy",
        "ssm": "GetParameter GetParameters GetParametersByPath GetParameterHistory",
        "s3": """
            GetObject CopyObject ListObjects ListObjectVersions SelectObjectContent RestoreObject
            PutBucketPolicy PutBucketAcl PutObjectAcl PutBucketReplication PutBucketWebsite PutBucketCors
            PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock PutAccountPublicAccessBlock
            DeleteAccountPublicAccessBlock PutAccessPointPolicy JobCreated""",
        "ec2": """
            CreateSnapshot CreateSnapshots ModifySnapshotAttribute CopySnapshot CreateImage CopyImage
            ModifyImageAttribute SharedSnapshotCopyInitiated SharedSnapshotVolumeCreated
            CreateStoreImageTask CreateInstanceExportTask ExportImage GetPasswordData
            CreateTrafficMirrorSession CreateVpcPeeringConnection""",
        "ebs": "ListSnapshotBlocks GetSnapshotBlock ListChangedBlocks",
        "rds": """
            CreateDBSnapshot CreateDBClusterSnapshot CopyDBSnapshot CopyDBClusterSnapshot
            ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute RestoreDBInstanceFromDBSnapshot
            StartExportTask ModifyDBInstance""",
        "redshift": "AuthorizeSnapshotAccess CreateClusterSnapshot GetClusterCredentials",
        "dynamodb": "ExportTableToPointInTime CreateBackup Scan PutResourcePolicy",
        "backup": "StartCopyJob PutBackupVaultAccessPolicy",
        "athena": "StartQueryExecution GetQueryResults",
        "logs": "CreateExportTask PutSubscriptionFilter StartQuery GetLogEvents FilterLogEvents",
        "lambda": "GetFunction20150331v2",
        "ecr": "GetDownloadUrlForLayer BatchGetImage SetRepositoryPolicy",
        "codecommit": "GitPull",
        "glacier": "InitiateJob",
        "transfer": "CreateServer CreateUser",
        "datasync": "CreateTask StartTaskExecution",
    }
)
"""What reads, copies or shares data and secrets. S3 objects and the like show only where data is logged."""
