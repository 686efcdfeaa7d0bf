"""Gap: functions in ministack 1.5.33 see this machine's environment, and fail without their error's name.

Here a function has the environment that Lambda documents and nothing of the developer's, finds boto3 and no
other installed package, as in the managed Python runtime, and a failure carries errorType and stackTrace
(Lambda developer guide, "Defined runtime environment variables" and "Python function errors").
"""

import atexit
import functools
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from toolkit.lab.emulator import address_ranges, function_code, sessions
from toolkit.lab.emulator.internals import ministack

# What the managed Python runtime comes with.
_RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
# What a process needs of its host to run at all.
_FROM_HOST = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_FAILURE = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
_NAMED_FAILURE = (
    '{"status": "error", "error": str(e), "trace": traceback.format_exc(), "type": type(e).__name__,'
    ' "stack": traceback.format_tb(e.__traceback__)[1:]}'
)
# CloudTrail answers two lookups a second; the emulator has no such quota.
_LOOKUPS_PER_SECOND = "50"
# The lab's own values go before those that a function is deployed with, which are meant for AWS.
_OF_THE_LAB = ("TG_IP_RANGES_URL", "TG_LOOKUPS_PER_SECOND", "TG_SIGN_IN_URL")
_OWN_VARIABLES = "    os.environ.update(env)\n"
_OTHER_VARIABLES = f"    os.environ.update({{k: v for k, v in env.items() if k not in {_OF_THE_LAB!r}}})\n"
_NOT_FOUND_BY_IMPORT = "Worker init failed: "

# The answer of the worker to the invocation that this thread is making.
_answer: ContextVar[dict[str, Any] | None] = ContextVar("_answer", default=None)


class _Processes:
    """Stands in for the module `subprocess` where ministack starts a function."""

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def Popen(self, command: Sequence[str], **settings: Any) -> Any:  # noqa: N802  # subprocess's own name
        """Start a function's process with the environment of Lambda and the packages of its runtime."""
        interpreter, *arguments = command
        settings["env"] = _environment(settings.get("env") or {})
        # -S: without the packages of this installation; -P: without the folder of the starting script.
        return subprocess.Popen([interpreter, "-S", "-P", *arguments], **settings)


@functools.cache
def install() -> None:
    """Give functions their environment, their credentials and the names of their errors."""
    runtime, service = ministack("core.lambda_runtime"), ministack("services.lambda_svc")
    runtime.subprocess, runtime.zipfile = _Processes(), function_code.Archives()
    runtime.execution_credentials = _with_contract(runtime.execution_credentials)
    script = runtime._PYTHON_WORKER_SCRIPT
    if _FAILURE not in script or script.count(_OWN_VARIABLES) != 1:
        raise RuntimeError(
            "the Python worker of this ministack is not the one that this module was written for"
        )
    script = script.replace(_FAILURE, _NAMED_FAILURE).replace(_OWN_VARIABLES, _OTHER_VARIABLES)
    runtime._PYTHON_WORKER_SCRIPT = script
    invoke = runtime.Worker.invoke

    def remembering(worker: Any, *arguments: Any, **settings: Any) -> Any:
        answer = invoke(worker, *arguments, **settings)
        _answer.set(answer)
        return answer

    runtime.Worker.invoke = remembering
    execute = service._execute_function_warm

    def execute_function_warm(function: Any, event: Any, request_id: str) -> Any:
        _answer.set(None)
        result = execute(function, event, request_id)
        if result.get("error"):
            _name_error(result["body"], _answer.get() or {}, request_id)
        return result

    service._execute_function_warm = execute_function_warm


def warm_up() -> int:
    """Start a process for each function of the lab's account, two at a time, and return how many started.

    A first invocation then takes as long as a later one: what a demonstration shows is the work, not Python
    starting fourteen times. A function that cannot start is left to fail when it is invoked.
    """
    functions = list(ministack("services.lambda_svc")._functions._data.values())
    with ThreadPoolExecutor(max_workers=2) as pool:
        return sum(pool.map(_start_process, functions))


def _start_process(function: Mapping[str, Any]) -> int:
    runtime, config = ministack("core.lambda_runtime"), function["config"]
    if not function.get("code_zip") or not str(config.get("Runtime", "")).startswith("python"):
        return 0
    worker, _reason = runtime.acquire_worker(config["FunctionName"], config, function["code_zip"])
    try:
        runtime.ensure_spawned(worker)
    except RuntimeError:
        return 0
    finally:
        runtime.release_worker(worker)
    return 1


def _name_error(body: Any, answer: Mapping[str, Any], request_id: str) -> None:
    """Complete the payload of a failure: the exception's class, the request and the stack."""
    if not isinstance(body, dict) or "errorMessage" not in body:
        return
    message = str(body["errorMessage"])
    if "type" in answer:
        body["errorType"] = answer["type"]
    elif message.startswith(_NOT_FOUND_BY_IMPORT):
        body["errorType"] = "Runtime.ImportModuleError"
        body["errorMessage"] = f"Unable to import module: {message.removeprefix(_NOT_FOUND_BY_IMPORT)}"
    body["requestId"] = request_id
    body["stackTrace"] = list(answer.get("stack", []))


def _with_contract(original: Any) -> Any:
    """Wrap what ministack gives a function's process last, after anything inherited."""

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        credentials: dict[str, str] = original(config)
        name, role_name = config.get("FunctionName", ""), str(config.get("Role", "")).rsplit("/", 1)[-1]
        session = ministack("services.sts")._sessions.get(credentials["AWS_ACCESS_KEY_ID"])
        role = ministack("services.iam")._roles.get(role_name)
        if session is not None and role is not None:
            session["UserId"] = f"{role['RoleId']}:{name}"
            sessions.note(credentials["AWS_ACCESS_KEY_ID"], in_scope_of=_scope(config))
        endpoint = f"http://127.0.0.1:{os.environ.get('GATEWAY_PORT', '')}"
        return credentials | {
            "AWS_ENDPOINT_URL": endpoint,
            # What of AWS is not behind the endpoint, or not limited here as it is there.
            "TG_IP_RANGES_URL": f"{endpoint}{address_ranges.PATH}",
            "TG_LOOKUPS_PER_SECOND": _LOOKUPS_PER_SECOND,
            "TG_SIGN_IN_URL": endpoint.replace("127.0.0.1", "localhost"),  # for a browser
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python3.13')}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": (config.get("LoggingConfig") or {}).get("LogGroup")
            or f"/aws/lambda/{name}",
            "_HANDLER": config.get("Handler", ""),
            "_LAMBDA_TIMEOUT": str(config.get("Timeout", 3)),
        }

    return execution_credentials


def _scope(config: Mapping[str, Any]) -> dict[str, str]:
    """What CloudTrail says of credentials that were issued to a function: `userIdentity.inScopeOf`."""
    arn = str(config.get("FunctionArn", ""))
    account = arn.split(":")[4] if arn.count(":") > 4 else ""  # noqa: PLR2004  # the parts of an ARN
    return {
        "sourceArn": arn,
        "sourceAccount": account,
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": arn,
    }


def _environment(wanted: Mapping[str, str]) -> dict[str, str]:
    """Drop what came from the developer's environment; ministack starts from all of it."""
    own = {
        name: value for name, value in wanted.items() if os.environ.get(name) != value or _is_contract(name)
    }
    host = {name: os.environ[name] for name in _FROM_HOST if name in os.environ}
    return {
        **host,
        **own,
        "HOME": tempfile.gettempdir(),  # not the developer's: ~/.aws would be read
        "PYTHONPATH": str(_runtime_packages()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "en_US.UTF-8",
        "PYTHONUTF8": "1",
        "TZ": ":UTC",
    }


def _is_contract(name: str) -> bool:
    """Whether the emulator itself set the variable, so that equal values in the host's mean nothing."""
    return name.startswith(("AWS_LAMBDA_", "_LAMBDA", "LAMBDA_TASK")) or name in (
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        *_OF_THE_LAB,
    )


@functools.cache
def _runtime_packages() -> Path:
    """Make a folder that holds what the managed runtime has, and nothing else of this installation."""
    folder = Path(tempfile.mkdtemp(prefix="trailguard-runtime-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in _RUNTIME_PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise RuntimeError(f"the package {name} of the Lambda runtime is not installed here")
        source = Path(spec.origin)
        source = source.parent if spec.submodule_search_locations else source
        (folder / source.name).symlink_to(source)
    return folder
