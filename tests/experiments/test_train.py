import json

import pytest

import agents
from experiments import train
from experiments.train import Args, main


class Student(agents.agent_class("random")):
    """Learns nothing, in three rounds, each kept in its folder; Ctrl-C comes in the round `stops_in`."""

    stops_in = 0
    sources = ()

    def learn(self, source, *, checkpoint=None, resume=False, progress=True):
        file = checkpoint / "rounds.json"
        self.history = json.loads(file.read_text()) if resume and file.exists() else []
        Student.sources = (*Student.sources, source)
        while len(self.history) < 3:
            if Student.stops_in == len(self.history) + 1:
                raise KeyboardInterrupt
            self.history.append({"round": len(self.history) + 1})
            checkpoint.mkdir(exist_ok=True)
            file.write_text(json.dumps(self.history))
        return self


@pytest.fixture(autouse=True)
def students(monkeypatch):
    monkeypatch.setattr(train.agents, "make", lambda name, env, **config: Student.for_env(env, **config))
    monkeypatch.setattr(Student, "stops_in", 0)
    monkeypatch.setattr(Student, "sources", ())


def asked(out, **changes):
    return Args(**{"out": out, "env": "GridNav-v0", "env_args": ("size=8",), "agent": "random", **changes})


def test_a_run_leaves_an_agent_its_history_and_its_arguments(tmp_path, capsys):
    assert main(asked(tmp_path / "run", config=("seed=3",))) == 0
    run = tmp_path / "run"
    assert agents.load(run / "agent.safetensors").config.seed == 3
    assert json.loads((run / "history.json").read_text()) == [{"round": 1}, {"round": 2}, {"round": 3}]
    assert json.loads((run / "args.json").read_text())["env_args"] == ["size=8"]
    assert "agent.safetensors" in capsys.readouterr().out


def test_ctrl_c_leaves_an_agent_and_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    run = tmp_path / "run"
    monkeypatch.setattr(Student, "stops_in", 2)
    assert main(asked(run)) == 130
    assert f"crossroads train --out {run} --resume" in capsys.readouterr().err
    assert json.loads((run / "history.json").read_text()) == [{"round": 1}]
    agents.load(run / "agent.safetensors")
    monkeypatch.setattr(Student, "stops_in", 0)
    assert main(Args(out=run, resume=True)) == 0
    assert len(json.loads((run / "history.json").read_text())) == 3
    assert Student.sources[-1].unwrapped.arguments == {"size": 8}


def test_a_run_is_never_replaced_by_accident(tmp_path):
    main(asked(tmp_path))
    with pytest.raises(FileExistsError, match="--resume goes on with it, --overwrite replaces it"):
        main(asked(tmp_path))
    with pytest.raises(ValueError, match="got both"):
        main(asked(tmp_path, resume=True, overwrite=True))
    (tmp_path / "checkpoint" / "rounds.json").write_text("[1, 2, 3]")
    (tmp_path / "notes.txt").write_text("mine")
    assert main(asked(tmp_path, overwrite=True)) == 0
    assert json.loads((tmp_path / "history.json").read_text())[0] == {"round": 1}
    assert (tmp_path / "notes.txt").exists()


def test_resuming_goes_on_with_the_same_task(tmp_path):
    with pytest.raises(FileNotFoundError, match="No run to resume"):
        main(asked(tmp_path / "run", resume=True))
    main(asked(tmp_path / "run"))
    with pytest.raises(ValueError, match=r"started with env_args=\['size=8'\], not \['size=9'\]"):
        main(asked(tmp_path / "run", resume=True, env_args=("size=9",)))
    assert main(asked(tmp_path / "run", resume=True)) == 0


def test_a_store_knows_its_environment(tmp_path):
    from experiments.collect import collect
    from experiments.environments import make_env

    env = make_env("GridNav-v0", {"size": 8})
    store = collect(agents.agent_class("oracle").for_env(env), env, tmp_path / "store", episodes=3)
    assert main(Args(out=tmp_path / "run", store=tmp_path / "store", agent="random")) == 0
    assert Student.sources[0].num_steps == store.num_steps
    assert agents.load(tmp_path / "run" / "agent.safetensors").observation_space["occupancy"].shape == (3, 8, 8)
    with pytest.raises(ValueError, match="disagree"):
        main(Args(out=tmp_path / "other", store=tmp_path / "store", env="GridMaze-v0"))
    with pytest.raises(ValueError, match="Expected --env, --store or --maps"):
        main(Args(out=tmp_path / "other"))
