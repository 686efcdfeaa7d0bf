"""The whole of Trailguard on the embedded AWS: synthesized templates, real functions, IAM enforced."""
