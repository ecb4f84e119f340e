"""What every room needs: errors, values, names, codes, severities, and all reading and writing of guard's own files."""
