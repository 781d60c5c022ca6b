"""One small piece of real work for each library that forecasters are made and asked with."""

import numpy as np


def adds_in_a_graph() -> None:
    """onnx, onnxruntime: a graph of one node is built, checked and run."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "abc"]
    graph = helper.make_graph([helper.make_node("Add", ["a", "b"], ["c"])], "sum", ends[:2], ends[2:])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(made)
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    ones = np.ones(2, dtype=np.float32)
    assert session.run(None, {"a": ones, "b": ones})[0].tolist() == [2.0, 2.0]


def finds_a_minimum() -> None:
    """optuna: a seeded study comes near the bottom of a parabola."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    study.optimize(lambda trial: (trial.suggest_float("x", -1.0, 1.0) - 0.5) ** 2, n_trials=20)
    assert abs(study.best_params["x"] - 0.5) < 0.3


def fits_a_line() -> None:
    """statsmodels: least squares of a line."""
    import statsmodels.api as sm

    x = np.arange(10.0)
    assert np.allclose(sm.OLS(2 * x + 1, sm.add_constant(x)).fit().params, [1.0, 2.0])


def boosts() -> None:
    """xgboost-cpu: a few trees rise with what they learned from."""
    import xgboost

    x = np.arange(64.0, dtype=np.float32).reshape(-1, 1)
    trees = xgboost.train({"nthread": 1, "verbosity": 0}, xgboost.DMatrix(x, label=x[:, 0]), 5)
    assert np.all(np.diff(trees.inplace_predict(x)) >= 0)


def learns_a_line() -> None:
    """lightgbm: trees rise with what they learned from, also read back from text."""
    import lightgbm

    x = np.arange(64.0).reshape(-1, 1)
    parameters = {"num_threads": 1, "verbosity": -1, "min_data_in_leaf": 2, "deterministic": True}
    booster = lightgbm.train(parameters, lightgbm.Dataset(x, label=x[:, 0]), num_boost_round=20)
    again = lightgbm.Booster(model_str=booster.model_to_string())
    assert np.all(np.diff(again.predict(x)) >= 0)
