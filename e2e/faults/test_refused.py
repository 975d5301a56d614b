"""What admission refuses with 403, by whatever way the change was to be made: the DaemonSet that is there stays."""
import concurrent.futures
import dataclasses
import time

from kip.policy import no_more_daemonsets, policy
from kube.wait import wait_until

from .certs import write_kubeconfig
from .puller import Puller
from .world import RULES, World

WORDS = "nothing changes before Monday"
STAYS = 5.0  # seconds, after it was told; what deletes does it at the second refusal, a second after the first
DUE = {"CACHING_INTERVAL_HOURS": "0.001"}  # so a refresh is due soon
OTHER_IMAGE = {"IMAGES": "one=registry.invalid/faults:2"}
RECREATE = {"REFRESH_STRATEGY": "Recreate"}


def freeze(world):
    return policy(world.namespace, "false", WORDS)


def full_quota(world):
    return no_more_daemonsets(world.namespace)


@dataclasses.dataclass
class Refusal:
    name: str
    refuse: callable
    edit: dict
    settings: dict = dataclasses.field(default_factory=dict)
    words: str = WORDS
    may_update: bool = True

    def run(self, api, proxy, authority, folder):
        """None, or what went wrong."""
        world = World(api, RULES if self.may_update else without_update(RULES))
        folder.mkdir()
        try:
            self.judge(world, proxy, authority, folder)
        except AssertionError as problem:
            return f"{self.name}: {problem}"
        finally:
            world.close()
        return None

    def judge(self, world, proxy, authority, folder):
        way = write_kubeconfig(folder / "kubeconfig", proxy.url, {"token": world.token},
                               certificate_authority=authority.certificate)
        settings = {**world.owned_settings(world.settings(**self.settings), CACHING_INTERVAL_HOURS="1"),
                    "KUBECONFIG": str(way)}
        with Puller(folder, settings) as puller:
            world.await_daemonset(more=lambda: puller.log)
            with self.refuse(world):
                before = identity(world.daemonset())
                world.edit(**self.edit)
                deletes = lambda: proxy.those("DELETE", f".*/{world.namespace}/.*")
                told = lambda: puller.said(f"level=warning.*finding=Refused.*{self.words}")
                wait_until(lambda: deletes() or told(), lambda: f"nothing is told\n{puller.log}", 60)
                end = time.monotonic() + STAYS
                while time.monotonic() < end:
                    assert not deletes(), f"it is deleted\n{puller.log}"
                    time.sleep(0.1)
                assert identity(world.daemonset()) == before and len(told()) == 1, puller.log
            wait_until(lambda: identity(world.daemonset()) not in (None, before),
                       lambda: f"not done when it may be\n{puller.log}", 60)


def identity(daemonset):
    return daemonset and (daemonset["metadata"]["uid"], daemonset["metadata"]["generation"])


def without_update(rules):
    return [{**rule, "verbs": [verb for verb in rule["verbs"] if verb != "update"]} for rule in rules]


CASES = [
    Refusal("a refresh, under a policy", freeze, DUE),
    Refusal("a refresh by Recreate, under a policy", freeze, DUE, RECREATE),
    Refusal("a refresh by Recreate, under a full quota", full_quota, DUE, RECREATE, "exceeded quota: none"),
    Refusal("an edit with a Role that lacks update, under a policy", freeze, OTHER_IMAGE, may_update=False),
]


def test_what_is_there_stays_when_its_successor_is_refused(api, binary, proxy, authority, tmp_path):
    """And the change is made as soon as it may be: at the latest a back-off later."""
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        runs = [pool.submit(case.run, api, proxy, authority, tmp_path / str(number))
                for number, case in enumerate(CASES)]
        problems = [problem for problem in (run.result() for run in runs) if problem]
    assert not problems, "\n\n".join(problems)
