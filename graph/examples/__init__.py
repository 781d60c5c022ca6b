"""What a sentence that no rule foresaw is compared with: labelled examples, and what was learnt of them."""
