"""JupyterHub for a class: each student has a server of chainrule, with copies of the course's notebooks.

    CHAINRULE_COURSE=/srv/course jupyterhub -f jupyterhub_config.py

README.md beside this file says what to set. Whatever is set after this file is loaded (load_subconfig) counts.
"""
import importlib.util
import os

c = get_config()  # noqa: F821, JupyterHub defines it

# The lecturer's notebooks; students read this folder and do not write to it.
course = os.environ.get("CHAINRULE_COURSE", "/srv/course")
# Minutes after which a kernel ends that is idle and that no page shows, and a server that nobody uses.
kernel_minutes = float(os.environ.get("CHAINRULE_CULL_KERNELS", "30"))
server_minutes = int(os.environ.get("CHAINRULE_CULL_SERVERS", "120"))

# The student's own user makes the copies, when the server starts: new notebooks arrive, a changed copy stays.
c.Spawner.cmd = [
    "sh",
    "-c",
    'if [ -d "$CHAINRULE_COURSE" ]; then mkdir -p course && cp -Rn --no-preserve=mode "$CHAINRULE_COURSE/." course/; fi; '
    'exec chainrule lab --cull "$CHAINRULE_CULL_KERNELS" "$@"',
    "chainrule-server",
]
c.Spawner.environment = {
    "CHAINRULE_COURSE": course,
    "CHAINRULE_CULL_KERNELS": f"{kernel_minutes:g}",
    # As many threads as the limit below gives cores.
    "CHAINRULE_THREADS": "1",
}
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120

# Plain processes have no limits: systemd's have.
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 1.0
if importlib.util.find_spec("systemdspawner"):
    c.JupyterHub.spawner_class = "systemd"
    c.SystemdSpawner.readonly_paths = [course]
    c.SystemdSpawner.isolate_tmp = True

if importlib.util.find_spec("jupyterhub_idle_culler"):
    c.JupyterHub.load_roles = [
        {
            "name": "cull",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["cull"],
        }
    ]
    c.JupyterHub.services = [
        {
            "name": "cull",
            "command": ["python3", "-m", "jupyterhub_idle_culler", f"--timeout={server_minutes * 60}"],
        }
    ]
