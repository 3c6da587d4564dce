"""The tools that joulecard plugs into: each host carries records into its runs or stages and back."""
