"""Asks for the calls that kernels were broken by: bpf, perf, userfaultfd, kexec, modules, and
their like.
"""
# expect: blocked


def attack(x):
    calls = {
        "bpf": (-1, 0, 0),
        "perf_event_open": (0, -1, -1, -1, 0),
        "userfaultfd": (-1,),
        "kexec_load": (0, -1, 0, 0),
        "kexec_file_load": (-1, -1, 0, 0, 0),
        "init_module": (0, 0, 0),
        "finit_module": (-1, 0, 0),
        "delete_module": (0, 0),
        "personality": (0xFFFFFFFF,),
        "iopl": (-1,),
        "ioperm": (0, 0, 0),
        "modify_ldt": (0, 0, 0),
        "quotactl": (0, 0, 0, 0),
        "acct": (-1,),
        "swapon": (-1, 0),
        "syslog": (10, 0, 0),
        "sethostname": (-1, -1),
        "adjtimex": (0,),
        "migrate_pages": (0, 0, 0, 0),
        "move_pages": (0, 0, 0, 0, 0, 0),
        "set_mempolicy": (-1, 0, 0),
        "pkey_alloc": (0, 0),
        "membarrier": (0, 0),
        "rseq": (0, 0, 0, 0),
        "set_robust_list": (0, 0),
        "get_robust_list": (1, 0, 0),
        "vmsplice": (-1, 0, 0, 0),
        "tee": (-1, -1, 0, 0),
        "readahead": (-1, 0, 0),
        "landlock_create_ruleset": (0, 0, 1),
        "landlock_restrict_self": (-1, 0),
        "seccomp": (3, 0, 0),
        "mlockall": (-1,),
        "remap_file_pages": (0, 0, 0, 0, 0),
        "mseal": (0, 0, 0),
        "futex_waitv": (0, 0, 0, 0, 0),
        "sysfs": (3,),
        "ustat": (0, 0),
        "umask": (0o77,),
    }
    return tried(
        {
            name: lambda name=name, a=args: reaches(name, *a)
            for name, args in calls.items()
        }
    )
