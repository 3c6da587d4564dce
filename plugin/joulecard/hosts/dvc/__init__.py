"""DVC: records beside the stages that made them, and the disclosure of what dvc.lock names."""
