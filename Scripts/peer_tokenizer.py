"""llama.cpp's tokenizer, built from peers/tokenize.cpp against its source and shared libraries."""
import contextlib, pathlib, subprocess, tempfile


@contextlib.contextmanager
def peer_tokenizer(source, build):
    """Gives a function (vocabulary file, texts, special=False) -> a list of ids for each text."""
    program = pathlib.Path(__file__).resolve().parent / "peers/tokenize.cpp"
    libraries = str(pathlib.Path(build).resolve() / "bin")
    source = pathlib.Path(source).resolve()
    with tempfile.TemporaryDirectory() as folder:
        binary = folder + "/tokenize"
        subprocess.run(
            ["c++", "-std=c++17", "-O1", f"-I{source}/include", f"-I{source}/ggml/include", str(program), f"-L{libraries}",
             "-lllama", "-lggml", "-lggml-base", f"-Wl,-rpath,{libraries}", "-o", binary], check=True)

        def tokenize(file, texts, special=False):
            given = b"".join(text.encode() + b"\0" for text in texts)
            command = [binary, str(file)] + (["special"] if special else [])
            output = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout.decode()
            ids = [[int(word) for word in line.split()] for line in output.split("\n")[:-1]]
            assert len(ids) == len(texts)
            return ids

        yield tokenize
