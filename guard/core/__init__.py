"""What every room needs: errors, values, names, codes, severities, and guard's own files."""
