"""Nets over sequences of ranked features: learned with torch, scored through ONNX Runtime."""
