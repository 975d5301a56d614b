"""One step that meets one trouble: a service, a proxy and a DaemonSet of its own, so that many run at once."""
import re
import time

from kube.wait import wait_until

from .certs import write_kubeconfig
from .proxy import Proxy, Rule
from .puller import Puller
from .troubles import said
from .world import IMAGE

# In the second that a case takes, nothing needs more: a service that asks again and again without a pause does.
MOST_REQUESTS = 90

# What is no trouble but an answer: what the log says instead, or "" where there is nothing to say at info level.
ANSWERS = {
    ("openshift", "answer_404"): "",
    ("deployment", "answer_404"): "DEPLOYMENT_NAME names is not there",
    # The same once is what a server says that has just started.
    ("deployment", "answer_403"): "may not read the Deployment.*403 Forbidden: injected 403",
    # It is asked for again with fewer objects: no trouble, if it helps.
    ("list", "endless_line"): "level=debug.*a (body|line) of more than",
    ("watch", "answer_410"): "", ("watch", "expired"): "", ("watch", "torn"): "(?s)",
    ("create", "answer_409"): "", ("replace", "answer_409"): "", ("replace", "answer_404"): "",
    ("delete", "answer_409"): "", ("delete", "answer_404"): "",
    ("events", "answer_409"): "",  # it is there: the request came twice
}
# A refusal of an extra is told once, with the rule that is missing.
MISSING_RULE = {"pods": "resources: .pods.", "configmap": "resources: .configmaps.", "events": "resources: .events."}


class Case:
    def __init__(self, world, authority, certificate, folder, step, trouble):
        self.world, self.step, self.trouble = world, step, trouble
        self.name = f"{step.name}-{trouble.__name__}".replace("_", "-")
        self.folder = folder / self.name
        self.folder.mkdir()
        self.authority, self.certificate = authority, certificate
        self.times = self.times_of(step, trouble)
        self.creates = 1

    @staticmethod
    def times_of(step, trouble):
        """Twice in a row, but once where that takes long, or where what was refused is not sent again."""
        # What breaks before its answer is sent again at once: a read by the library, as often as it has kept
        # connections, then by the service; a write by the service, once. So this goes on until it is told.
        if trouble.__name__ == "hangup":
            return None
        if trouble.__name__ in ("silence", "answer_422") or (step.name == "events" and trouble.__name__ != "lost"):
            return 1
        if trouble.__name__ == "answer_403" and step.name.split("-")[0] in ("pods", "configmap"):
            return 4  # an API server that has just started says so for seconds: so many are believed
        return 2

    def run(self):
        """None, or what went wrong."""
        began = time.monotonic()
        try:
            self.make_objects()
            with Proxy(self.world.api, self.certificate) as self.proxy:
                self.rule = self.proxy.add(Rule(self.trouble, self.step.method, self.step.path, self.step.watch,
                                                self.times))
                kubeconfig = write_kubeconfig(self.folder / "kubeconfig", self.proxy.url, {"token": self.world.token},
                                              certificate_authority=self.authority.certificate)
                with Puller(self.folder, {**self.settings(), "KUBECONFIG": str(kubeconfig)}) as self.puller:
                    self.judge()
        except AssertionError as problem:
            return f"{self.name} (after {time.monotonic() - began:.1f} s): {problem}"
        return None

    def settings(self):
        return self.world.settings(self.name, DEPLOYMENT_NAME=self.name, LOG_LEVEL="debug")

    def make_objects(self):
        data = {"IMAGES": f"one={IMAGE}"}
        self.world.api.create(f"{self.world.core}/configmaps", {"metadata": {"name": self.name}, "data": data})
        own = {key: value for key, value in self.settings().items() if key not in data}
        self.world.create_deployment(self.name, self.name, environment=own)
        self.step.prepare(self)

    def judge(self):
        self.step.provoke(self)
        wait_until(lambda: self.rule.hits, lambda: f"never asked for\n{self.puller.log}", 60)
        self.judge_log()
        self.rule.lifted = True
        self.world.await_daemonset(self.name, within=60, more=lambda: self.puller.log)
        self.step.prove(self)
        assert self.puller.is_alive(), f"ended with {self.puller.process.returncode}\n{self.puller.log}"
        self.judge_requests()

    def judge_log(self):
        kind = self.trouble.__name__
        wanted = ANSWERS.get((self.step.name, kind))
        if self.step.is_optional and kind == "answer_403":
            is_told = self.rule.hits > 1 or "events" not in self.name
            wanted = MISSING_RULE[self.step.name.split("-")[0]] if is_told else ""
        if wanted is None:
            level = r"level=\w+" if self.step.is_optional else "level=warning"
            request = self.step.path.replace("[^/]+", re.escape(self.name))
            wanted = f"{level}.*{request}.*{said(self.trouble, self.step.watch)}"
        if self.step.watch and kind in ("answer_410", "expired", "half"):
            wanted = ""  # a watch that has fallen behind starts again, and one that breaks goes on
        if wanted:
            self.puller.await_log(wanted)

    def judge_requests(self):
        """Nothing half-made: one create for one DaemonSet, and no delete that was not due."""
        # What the API server did is seen there a moment before the proxy has its answer.
        wait_until(lambda: len(self.proxy.those("POST", ".*/daemonsets", passed=True)) >= self.creates,
                   lambda: f"fewer than {self.creates} creates\n{self.puller.log}")
        made = self.proxy.those("POST", ".*/daemonsets", passed=True)
        deleted = self.proxy.those("DELETE", passed=True)
        assert len(made) == self.creates, f"{len(made)} creates\n{self.puller.log}"
        # A DELETE whose answer is lost comes twice; its UID sees to it that it does no more than the first.
        most = self.step.deletes * (2 if self.trouble.__name__ == "lost" else 1)
        assert self.step.deletes <= len(deleted) <= most, f"{len(deleted)} deletes\n{self.puller.log}"
        count = len(self.proxy.those())
        assert count <= MOST_REQUESTS, f"{count} requests\n{self.puller.log}"
