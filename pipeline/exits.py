"""Exit codes of the commands.

0 done, also with findings; 1 unexpected, or the output cannot be written; 2 usage; 3 some documents failed and the others
were published; 4 ``--strict`` and an error finding or too little coverage; 5 locked by another writer; 130 interrupted.
"""

EXIT_DONE, EXIT_UNEXPECTED, EXIT_USAGE, EXIT_SOME_FAILED, EXIT_STRICT, EXIT_LOCKED, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
